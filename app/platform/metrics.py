"""The Prometheus metrics of one application. They count by route, never by region, family or caller."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)


class Metrics:
    """The metrics of one application. Their registry is their own, so that two in one test do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = Histogram(
            "ikk_request_seconds",
            "Time to return a response, by route and status",
            ["method", "route", "status"],
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )
        self.running = Gauge("ikk_requests_running", "Requests in progress", registry=self.registry)
        self.submissions = Counter(
            "ikk_submissions_total",
            "Submissions by outcome: stored, resent",
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
        )
        self.audit_waiting = Gauge(
            "ikk_audit_waiting", "Audit entries that wait to be sealed, counted up to 10000", registry=self.registry
        )
        self.audit_oldest = Gauge(
            "ikk_audit_oldest_seconds", "Age of the oldest audit entry that waits to be sealed", registry=self.registry
        )
        self.audit_sealed = Counter(
            "ikk_audit_sealed_total", "Audit entries that this process sealed", registry=self.registry
        )
