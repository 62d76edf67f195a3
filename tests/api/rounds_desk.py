"""The dispatcher's acts on plannings and rounds, for the tests of the JSON API."""

from typing import Any

from fastapi.testclient import TestClient


def planning(office: TestClient, number: int) -> dict[str, Any]:
    """The planning as the API shows it."""
    answer = office.get(f"/api/v1/plannings/{number}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def served(one: dict[str, Any]) -> dict[str, str]:
    """The truck of every container served."""
    return {
        container["code"]: round_["vehicle"]
        for round_ in one["rounds"]
        for stop in round_["stops"]
        for container in stop["containers"]
    }


def stop_of(one: dict[str, Any], code: str) -> dict[str, Any]:
    """The stop that empties a container."""
    found: dict[str, Any] = next(
        stop
        for round_ in one["rounds"]
        for stop in round_["stops"]
        if code in [container["code"] for container in stop["containers"]]
    )
    return found


def change(office: TestClient, one: dict[str, Any], *changes: dict[str, Any], status: int = 200) -> Any:
    """Post changes with the versions shown, and return the answer's body."""
    body = {"versions": {round_["id"]: round_["version"] for round_ in one["rounds"]}, "changes": changes}
    answer = office.post(f"/api/v1/rounds/{one['rounds'][0]['id']}/changes", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def publish(office: TestClient, one: dict[str, Any], driver: int) -> Any:
    """Publish a round."""
    body = {"version": one["version"], "driver": driver}
    return office.post(f"/api/v1/rounds/{one['id']}/publish", json=body)
