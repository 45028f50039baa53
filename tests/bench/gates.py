# SPDX-License-Identifier: MIT
"""What a figure was meant to be, and what it came to. Nothing fails by it: a table."""


def gate(what, value, limit, unit, at_least=False):
    """One row. @value may be None: not to be had on this machine."""
    if value is None:
        return {"gate": what, "value": None, "limit": limit, "unit": unit, "hit": None,
                "at_least": at_least}
    hit = value >= limit if at_least else value <= limit
    return {"gate": what, "value": value, "limit": limit, "unit": unit, "hit": hit,
            "at_least": at_least}


def by_how_much(row):
    if row["hit"] is None:
        return "not measured here"
    if row["hit"]:
        return "hit"
    return f"missed by {abs(row['value'] / row['limit'] - 1) * 100:.0f} %"


def show(rows):
    print(f"\n{'gate':58}{'wanted':>16}{'measured':>16}")
    for row in rows:
        sign = ">=" if row["at_least"] else "<="
        value = "-" if row["value"] is None else f"{row['value']:.4g} {row['unit']}"
        limit = f"{row['limit']:g} {row['unit']}"
        print(f"{row['gate']:58}{sign + ' ' + limit:>16}{value:>16}  {by_how_much(row)}")


def table(header, rows, first=28, width=14):
    """Plain columns; None is "-", a float gets four digits."""
    def cell(value):
        if value is None:
            return "-"
        return value if isinstance(value, str) else format(value, ",.4g" if isinstance(
            value, float) and value < 1000 else ",.0f")
    print(f"{header[0]:{first}}" + "".join(f"{name:>{width}}" for name in header[1:]))
    for row in rows:
        print(f"{row[0]:{first}}" + "".join(f"{cell(v):>{width}}" for v in row[1:]))
