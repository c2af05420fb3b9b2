"""The Prometheus metrics of one application. They count by route, never by region, family or caller.

With one server process they are in its memory. Several workers of one server keep them in files of a folder that they
share, and whichever of them is asked adds up those of all.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
    values,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector


class Metrics:
    """The metrics of one application. Their registry is their own, so that two in one test do not collide.

    `folder` is that of the workers. It must have been in the environment before prometheus_client was imported.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if values.ValueClass._multiprocess != (folder is not None):
            raise RuntimeError("prometheus_client was loaded before the environment named the folder")
        self._folder = folder
        self._timed: dict[tuple[str, str, int], Histogram] = {}
        self.registry = CollectorRegistry()
        if folder is None:
            ProcessCollector(registry=self.registry)
            PlatformCollector(registry=self.registry)
        self.requests = Histogram(
            "ikk_request_seconds",
            "Time to return a response, by route and status",
            ["method", "route", "status"],
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )
        self.running = Gauge(
            "ikk_requests_running", "Requests in progress", registry=self.registry, multiprocess_mode="livesum"
        )
        self.submissions = Counter(
            "ikk_submissions_total",
            "Submissions by outcome: stored, corrected, resent, held",
            ["outcome"],
            registry=self.registry,
        )
        self.phone_scores = Counter(
            "ikk_phone_scores_total",
            "Scores that phones showed, beside the service's, by outcome: equal, differs, none (the form shows none)",
            ["outcome"],
            registry=self.registry,
        )
        self.identity_reads = Counter(
            "ikk_identity_reads_total",
            "Reads of identities, exports and searches for families by outcome: read, refused, limited",
            ["outcome"],
            registry=self.registry,
        )
        self.second_factors = Counter(
            "ikk_second_factors_total",
            "Second factors by outcome: accepted, wrong, asked, enrolled, reset",
            ["outcome"],
            registry=self.registry,
        )
        self.subject_requests = Gauge(
            "ikk_subject_requests",
            "Subject requests by state: open, overdue (which are also counted as open)",
            ["state"],
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.held_open = Gauge(
            "ikk_held_open",
            "Open conflicts, and submissions with faults that nobody repaired, by kind",
            ["kind"],
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.held_oldest = Gauge(
            "ikk_held_oldest_seconds",
            "Age of the oldest of them, by kind",
            ["kind"],
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.held_expiring = Gauge(
            "ikk_held_expiring",
            "How many of them are deleted within 14 days, by kind",
            ["kind"],
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.audit_waiting = Gauge(
            "ikk_audit_waiting",
            "Audit entries that wait to be sealed, counted up to 10000",
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.audit_oldest = Gauge(
            "ikk_audit_oldest_seconds",
            "Age of the oldest audit entry that waits to be sealed",
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.audit_sealed = Counter(
            "ikk_audit_sealed_total", "Audit entries that this server sealed", registry=self.registry
        )

    def time_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts a request with the time that its response took."""
        key = (method, route, status)
        timed = self._timed.get(key)
        if timed is None:
            timed = self._timed[key] = self.requests.labels(method, route, str(status))
        timed.observe(seconds)

    def render(self) -> bytes:
        """The metrics of all workers in the Prometheus text format. With several workers it reads their files."""
        if self._folder is None:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        PlatformCollector(registry=registry)
        registry.register(_Resources(self._folder))
        MultiProcessCollector(registry, path=str(self._folder))  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class _Resources(Collector):
    """Memory, CPU time and open files of the workers and their parent together, in the series of one process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        workers = {file.stem.rpartition("_")[2] for file in self._folder.glob("gauge_livesum_*.db")}
        found: dict[str, Metric] = {}
        values: dict[str, list[float]] = {}
        for pid in workers | {str(os.getpid()), str(os.getppid())}:
            for metric in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]
                found[metric.name] = metric
                own = _proportional_bytes(pid) if metric.name == "process_resident_memory_bytes" else None
                values.setdefault(metric.name, []).append(own or metric.samples[0].value)
        for name, metric in found.items():
            # A server has run since its first process began.
            together = min if name == "process_start_time_seconds" else sum
            metric.samples[0] = metric.samples[0]._replace(value=together(values[name]))
        return found.values()


def _proportional_bytes(pid: str) -> float | None:
    """Resident memory in which a page that several processes share counts once among them. None without /proc."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    return 1024 * float(text.partition("\nPss:")[2].split()[0])
