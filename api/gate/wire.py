"""Topics of the terminals at the broker. What is said there is in README.md of this folder."""

JOURNAL_TOPIC = "glaneur/1/gate/{name}/journal"
CLOCK_TOPIC = "glaneur/1/gate/{name}/clock"
LIST_TOPIC = "glaneur/1/gate/list"
