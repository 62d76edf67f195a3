"""A message in, a committed row out: the broker's messages become readings, states and alerts, once each."""
