"""The metric page of the docs, made from the catalogue. `python -m services.analytics.metric_page` writes it."""

from pathlib import Path

from services.analytics.catalog import KINDS, Catalog, catalog

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
GOOD = {"up": "higher", "down": "lower", "none": "neither"}
KIND_TITLES = {"legacy": "Legacy IVR", "asterisk": "Asterisk queues"}
HEAD = """# Metrics and dimensions

Made from the catalogue by `python -m services.analytics.metric_page`; a test keeps both equal. The API tells the same
at `GET /api/v1/analytics/catalog`. Each answer says by which formula (`formula`, in Spanish `formula_es`) and version a
number was made, from which route, and whether it is exact. `null` is what cannot be known, with a warning that says
why; 0 is a computed zero.
"""


def metric_page(known: Catalog) -> str:
    parts = [HEAD]
    for kind in KINDS:
        parts.append(f"\n## {KIND_TITLES[kind]}: metrics\n")
        parts.append("| metric | unit | better | version | fórmula | formula | definición | definition |")
        parts.append("|---|---|---|---|---|---|---|---|")
        for (name, of), metric in known.metrics.items():
            if of == kind:
                cells = (
                    f"`{name}`",
                    metric.unit,
                    GOOD[metric.good],
                    str(metric.version),
                    metric.formula.es,
                    metric.formula.en,
                    metric.es,
                    metric.en,
                )
                parts.append(_row(cells))
    parts.append("\n## Dimensions\n")
    parts.append("| dimension | known by | values | definición | definition |")
    parts.append("|---|---|---|---|---|")
    for dimension in known.dimensions.values():
        values = ", ".join(dimension.labels or dimension.values) or dimension.shown_as
        parts.append(_row((f"`{dimension.name}`", ", ".join(dimension.kinds), values, dimension.es, dimension.en)))
    return "\n".join(parts) + "\n"


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(metric_page(catalog()), encoding="utf-8")
