"""The alert rules and the scrape example of `deploy/`, with promtool, and against the metrics of the service."""

import re
import subprocess
from typing import Any

import pytest
import yaml
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from tests.support.factories import EVERYTHING, Client
from tests.support.programs import DEPLOY, needs

RULES = [
    rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text("utf-8"))["groups"] for rule in group["rules"]
]
OURS = re.compile(r"\b((?:ikk|process)_[a-z_]+)(?:\{([^}]*)\})?")
LABEL = re.compile(r'([a-z_]+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
ADDED_BY_PROMETHEUS = {"job", "instance"}
LANDS_LATER = {"ikk_identity_reads_total": {"outcome"}}
NOT_OURS = ("node_", "probe_")


@pytest.mark.foreign
@pytest.mark.parametrize(
    "command",
    [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"], ["check", "config", "prometheus.yml"]],
)
def test_promtool_finds_no_fault(command: list[str]) -> None:
    ran = subprocess.run(
        [needs("promtool", "prometheus"), *command], cwd=DEPLOY, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "SUCCESS" in ran.stdout


def test_every_rule_has_a_test_in_which_it_fires() -> None:
    tested = (DEPLOY / "alerts_test.yml").read_text("utf-8")
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names)) > 10
    assert [name for name in names if f'alertname="{name}"' not in tested] == []


@pytest.fixture
async def samples(caller: Client) -> dict[str, set[str]]:
    """The names of all series that the running service shows, each with the labels that it has."""
    await caller.get("/v1/regions/63")
    await caller.sign_in(scopes=EVERYTHING, regions=["ID"])
    text = (await caller.get("/metrics")).text
    return {
        sample.name: set(sample.labels) for family in text_string_to_metric_families(text) for sample in family.samples
    }


def labels_of(app: FastAPI, name: str, samples: dict[str, set[str]]) -> set[str]:
    """The labels of a series. A metric with labels shows no series before it first counts."""
    for metric in vars(app.state.metrics).values():
        if getattr(metric, "_name", None) in (name, name.removesuffix("_total")):
            return set(metric._labelnames)
    return samples[name] if name in samples else LANDS_LATER[name]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
async def test_a_rule_names_metrics_and_labels_that_the_service_has(
    rule: dict[str, Any], app: FastAPI, samples: dict[str, set[str]]
) -> None:
    expression = rule["expr"]
    routes = {getattr(route, "path", "") for route in app.routes} | {"unmatched"}
    routes |= set((app.openapi())["paths"])
    for name, selectors in OURS.findall(expression):
        labels = labels_of(app, name, samples)
        for label, value in LABEL.findall(selectors):
            assert label in labels | ADDED_BY_PROMETHEUS, f"{name} has no label {label}"
            if label == "route":
                assert [route for route in routes if re.fullmatch(value, route)], f"there is no route {value}"
        grouped = {each.strip() for names in re.findall(r"\bby \(([^)]*)\)", expression) for each in names.split(",")}
        assert grouped <= labels | ADDED_BY_PROMETHEUS | {"le"}
    others = set(re.findall(r"\b[a-z]+_[a-z_]+\b(?=\{| [-/<>=]|\))", re.sub(r"\{[^}]*\}", "{}", expression)))
    assert {each for each in others if not each.startswith((*NOT_OURS, "ikk_", "process_"))} <= {
        "histogram_quantile",
        "predict_linear",
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_a_rule_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "work")
    assert set(rule["annotations"]) == {"summary", "action"}
    assert all(len(text) > 20 for text in rule["annotations"].values())


def test_prometheus_reads_the_processes_that_the_proxy_names() -> None:
    scraped = yaml.safe_load((DEPLOY / "prometheus.yml").read_text("utf-8"))["scrape_configs"][0]
    named = re.findall(r"^server (\S+);$", (DEPLOY / "ikk-servers.conf").read_text("utf-8"), re.MULTILINE)
    assert scraped["static_configs"][0]["targets"] == named
    assert "client_secret_file" in scraped["oauth2"]
