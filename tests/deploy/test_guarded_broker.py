"""The broker with dynamic security keeps as much as the other: only who may do what differs."""

from pathlib import Path

HERE = Path(__file__).parents[2] / "deploy"
WHO = {"password_file", "acl_file", "plugin", "plugin_opt_config_file"}


def settings(name: str) -> dict[str, str]:
    lines = (line.strip() for line in (HERE / name).read_text().splitlines())
    pairs = [line.partition(" ")[::2] for line in lines if line and not line.startswith("#")]
    return {key: value for key, value in pairs if key not in WHO and key != "log_type"}


def test_both_configurations_hold_the_same_queue() -> None:
    """A size raised in one file and forgotten in the other would lose messages silently."""
    plain, guarded = settings("mosquitto.conf"), settings("mosquitto-dynsec.conf")
    assert plain == guarded
    assert plain["max_queued_messages"] == "1000000"


def test_nobody_is_anonymous_in_either() -> None:
    for name in ("mosquitto.conf", "mosquitto-dynsec.conf"):
        assert settings(name)["allow_anonymous"] == "false"
