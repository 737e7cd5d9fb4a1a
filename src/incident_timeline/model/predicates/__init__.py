"""Predicates: plain lines that a machine can test, the same for what a hypothesis predicts and for what an action item promises.

Read with `parse_predicate`, tested with `evaluate` over a table of testers, so that the words know nothing of where facts
come from. A line is one of these; `no` or `not` before it turns it round, and words in brackets after it are a remark:

    metric db_query_duration_seconds exists
    metric db_query_duration_seconds has label query            also: label query="orders"
    promql `histogram_quantile(0.99, ...) < 0.5` holds for 10m
    rule CheckoutSlow exists
    rule CheckoutSlow reads latency_p99                         also: no rule reads latency_p99
    alert CheckoutSlow fired since 2026-12-01 in staging
    alert CheckoutSlow reaches checkout-oncall
    url https://runbooks.example.com/checkout-slow answers      also: contains "EXPLAIN ANALYZE"
    runbook of CheckoutSlow answers                             also: contains "EXPLAIN ANALYZE"
    pr acme/shop#2291 is merged
    signal latency_p99 stands over 500 ms between started and detected
    signal latency_p99 stays under 0.2 s within 3m after E27
    deploy of checkout v418 happened
    signal pool_in_use moved before signal error_ratio moved
    started within 5m after deploy of checkout v418 began

A moment is a milestone (`started`, `knew_enough`, ...), `deploy of SERVICE [REF] [began|finished]`, `alert NAME [fired]`,
`signal NAME [of SERVICE] [moved]`, an evidence number of the document (`E27`), or a time with its zone.
"""

from incident_timeline.model.predicates.grammar import NotUnderstood, parse_predicate
from incident_timeline.model.predicates.testing import Outcome, Testers, evaluate
from incident_timeline.model.predicates.values import Predicate

__all__ = ["NotUnderstood", "Outcome", "Predicate", "Testers", "evaluate", "parse_predicate"]
