"""The reports by their codes. A report is declared in its own module and listed here."""

from services.analytics.reports import abandonment, quarterly_summary, unique_customers, volume
from services.analytics.reports.model import Report

REPORTS: dict[str, Report] = {
    report.code: report
    for report in (
        abandonment.REPORT,
        unique_customers.REPORT,
        quarterly_summary.REPORT,
        volume.BY_DAY,
        volume.BY_HOUR,
    )
}
