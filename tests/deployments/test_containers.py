"""The container files of an installation, checked without a container engine."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.automations import EventTrigger
from prefect.events.actions import ChangeFlowRunState
from ruamel.yaml import YAML

from deployments.automations import ALERTS, automations
from deployments.presets import WORK_POOL
from tests.scale.installation import API_SERVER, server_environment

ROOT = Path(__file__).parents[2]


def yaml(name: str) -> Any:
    return YAML(typ="safe").load((ROOT / name).read_text("utf-8"))


def test_compose_has_every_part_of_an_installation_and_a_health_check_for_what_stays() -> None:
    services = yaml("compose.yaml")["services"]
    assert set(services) == {
        "postgres",
        "redis",
        "prefect",
        "prefect-api",
        "sandbox",
        "desk",
        "deploy",
        "worker",
        "recovery",
    }
    for name in ("postgres", "redis", "prefect", "prefect-api", "sandbox", "desk"):
        assert "healthcheck" in services[name]
    assert services["worker"]["depends_on"] == {
        "deploy": {"condition": "service_completed_successfully"},
        "redis": {"condition": "service_healthy"},
    }
    for name, service in services.items():
        assert all(on in services for on in service.get("depends_on", {})), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_compose_gives_prefect_servers_the_settings_that_make_scale_tests_and_the_guide_lists() -> None:
    services = yaml("compose.yaml")["services"]
    guide = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for name, value in server_environment("postgresql://", "redis://").items():
        for server in ("prefect", "prefect-api"):
            assert services[server]["environment"][name].startswith(value.partition("://")[0]), name
        assert name in guide
    for name, value in API_SERVER.items():
        assert services["prefect-api"]["environment"][name] == value
        assert f"{name}={value}" in guide


def test_the_image_runs_as_an_ordinary_user_with_a_health_check_and_copies_what_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users[-1:] == ["live"]
    assert any(line.startswith("HEALTHCHECK ") for line in lines)
    assert any("PYTHONPATH=/app" in line for line in lines), "flows and tasks are in no wheel"
    copied = [
        re.sub(r"--\S+ ", "", line).split()[1:-1]
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
    ]
    assert all((ROOT / path).exists() for paths in copied for path in paths)


def test_every_deployment_names_a_flow_that_is_there_and_the_work_pool() -> None:
    for each in yaml("deployments/prefect.yaml")["deployments"]:
        file, _, function = each["entrypoint"].partition(":")
        module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
        assert isinstance(getattr(module, function), Flow)
        assert each["work_pool"]["name"] == WORK_POOL
        assert each["description"]


def test_recovery_is_a_service_and_its_deployment_has_no_schedule() -> None:
    assert yaml("compose.yaml")["services"]["recovery"]["command"] == [
        "live-activity",
        "recover",
        "--every",
        "10",
    ]
    (recovery,) = (
        each for each in yaml("deployments/prefect.yaml")["deployments"] if each["name"] == "recover"
    )
    assert not recovery["schedules"]


def test_each_alert_is_sent_through_the_one_block() -> None:
    from uuid import UUID

    block = UUID(int=1)
    made = automations(block)
    assert {"Live Activity: a campaign failed", "Live Activity: a run vanished"} <= {
        each.name for each in made
    }
    for each in made:
        action = each.actions[-1]
        # Zombie detection changes the run's state, and that has an alert of its own.
        if not isinstance(action, ChangeFlowRunState):
            assert getattr(action, "block_document_id", None) == block
    assert ALERTS in (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_a_run_that_is_over_is_not_reported_as_vanished_though_its_last_heartbeat_came_late() -> None:
    from uuid import UUID

    made = {each.name: each for each in automations(UUID(int=1))}
    (calling,) = made["Live Activity: zombie detection"].actions
    trigger = made["Live Activity: a run vanished"].trigger
    # Only a state that Prefect accepts leads to the alert, and it accepts none once the run is over.
    assert isinstance(calling, ChangeFlowRunState)
    assert isinstance(trigger, EventTrigger)
    assert trigger.expect == {f"prefect.flow-run.{calling.name}"}


def test_an_alert_is_sent_once_for_a_campaign_or_run_though_many_activities_fail() -> None:
    from uuid import UUID

    for each in automations(UUID(int=1)):
        assert isinstance(each.trigger, EventTrigger)
        assert each.trigger.for_each == {"prefect.resource.id"}
        assert each.trigger.within.total_seconds() >= 60
