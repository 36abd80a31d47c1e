"""Workbooks written by hand, so that a test can say of each byte why it is there."""

import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"


def book(path, *sheets, strings=None, styles=None, workbook="", states=(), extra=(), main="xl/workbook.xml"):
    """Write a workbook: each sheet is what stands between <worksheet> and its end."""
    names = "".join(
        f'<sheet name="Sheet{i}" sheetId="{i}" r:id="rId{i}"{f" state={chr(34)}{s}{chr(34)}" if s else ""}/>'
        for i, s in enumerate([*states, *[""] * (len(sheets) - len(states))], 1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{LINK}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="r" Type="{LINK}/officeDocument" '
        f'Target="{main}"/></Relationships>',
        main: f'<workbook xmlns="{MAIN}" xmlns:r="{LINK}">{workbook}<sheets>{names}</sheets></workbook>',
    }
    for i, sheet in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{i}.xml"] = f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>'
    for kind, content, end in (("sharedStrings", strings, "sst"), ("styles", styles, "styleSheet")):
        if content is not None:
            links += f'<Relationship Id="{kind}" Type="{LINK}/{kind}" Target="/xl/{kind}.xml"/>'
            parts[f"xl/{kind}.xml"] = f'<{end} xmlns="{MAIN}">{content}</{end}>'
    parts[main.replace("xl/", "xl/_rels/") + ".rels"] = f'<Relationships xmlns="{_RELS}">{links}</Relationships>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **dict(extra)}.items():
            archive.writestr(name, content)
    return path


def cells(*rows, dimension=""):
    """Rows of texts and numbers as a sheet has them; a text that begins with '<' is the cell itself."""
    told = f'<dimension ref="{dimension}"/>' if dimension else ""
    lines = []
    for r, row in enumerate(rows, 1):
        inner = ""
        for c, value in enumerate(row):
            at = f"{chr(65 + c)}{r}"
            if isinstance(value, str) and value.startswith("<"):
                inner += value.replace("<c", f'<c r="{at}"', 1)
            elif isinstance(value, str):
                inner += f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
            elif value is not None:
                inner += f'<c r="{at}"><v>{value}</v></c>'
        lines.append(f'<row r="{r}">{inner}</row>')
    return f"{told}<sheetData>{''.join(lines)}</sheetData>"
