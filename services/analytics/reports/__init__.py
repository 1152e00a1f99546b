"""The reports by their codes. A report is declared in its own module and listed here."""

from services.analytics.reports import (
    abandonment,
    abandonment_summary,
    centre_activity,
    centres,
    quarterly_summary,
    queues,
    unique_customers,
    volume,
)
from services.analytics.reports.model import Report

REPORTS: dict[str, Report] = {
    report.code: report
    for report in (
        centres.TRANSFER_CENTRES,
        centre_activity.REPORT,
        abandonment.REPORT,
        abandonment_summary.REPORT,
        centres.MENU_REDIRECTS,
        centres.CENTRE_MENUS,
        centres.MENU_ERRORS,
        unique_customers.REPORT,
        quarterly_summary.REPORT,
        volume.BY_DAY,
        volume.BY_HOUR,
        queues.QUEUE_PERFORMANCE,
        queues.AGENT_PERFORMANCE,
        queues.RECALL_LIST,
    )
}
