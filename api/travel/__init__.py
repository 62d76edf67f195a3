"""Roads: engines that know them, asked over HTTP; what they answered, kept; and who is far from any."""
