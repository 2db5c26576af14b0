"""What was found at a model path, drawn."""

from __future__ import annotations

from wizard.models.report import Archive, ModelReport, Problem, Version
from wizard.widgets.flow import GAIN, Lines, text, wrapped

_KINDS = {
    "savedmodel-base": "a SavedModel with numbered versions",
    "savedmodel-version": "one version of a SavedModel",
    "savedmodel-parent-of-base": "a folder around a SavedModel",
    "models-parent": "a folder with several SavedModels",
    "mar": "a TorchServe archive",
    "tar-gz": "a TorchServe archive (.tar.gz)",
    "model-folder": "an unpacked TorchServe model",
    "model-store": "a model store",
}
_MARKS = {
    "error": ("✗ ", "bold $text-error"),
    "warning": ("■ ", "bold $text-warning"),
    "note": ("▪ ", "$foreground-muted"),
}
_MOST = 6


def report_lines(report: ModelReport, width: int) -> Lines:
    """Kind, versions or archives, signatures, then the problems with their fixes."""
    lines: Lines = []
    kind = _KINDS.get(report.kind)
    if kind:
        head = text(f"{GAIN} ", "bold $text-success") if report.usable else text("  ")
        lines += wrapped(kind[0].upper() + kind[1:], width, "bold", head, 2)
    if report.versions:
        numbers = ", ".join(str(v.number) for v in report.versions if v.number is not None)
        lines += wrapped(f"versions {numbers}", width, "$foreground-muted", "  ", 2) if numbers else []
        lines += _signatures(report.served, width)
    for archive in report.archives[:_MOST]:
        lines += _archive(archive, width)
    for problem in report.problems[:_MOST]:
        lines += _problem(problem, width)
    if len(report.problems) > _MOST:
        lines.append(text(f"  and {len(report.problems) - _MOST} more", "$foreground-muted"))
    return lines


def _signatures(version: Version | None, width: int) -> Lines:
    lines: Lines = []
    for signature in list(version.signatures.values())[:_MOST] if version else ():
        takes = ", ".join(f"{name}: {tensor}" for name, tensor in signature.inputs.items())
        gives = ", ".join(f"{name}: {tensor}" for name, tensor in signature.outputs.items())
        lines += wrapped(f"{signature.name}({takes}) → {gives}", width, "$foreground-muted", "  ", 4)
    return lines


def _archive(archive: Archive, width: int) -> Lines:
    parts = [archive.name, f"version {archive.version}"]
    if archive.handler:
        parts.append(f"handler {archive.handler}")
    return wrapped(" · ".join(parts), width, "$foreground-muted", "  ", 2)


def _problem(problem: Problem, width: int) -> Lines:
    mark, style = _MARKS[problem.severity]
    lines = wrapped(problem.message, width, "", text(mark, style), 2)
    if problem.severity != "note" and problem.why:
        lines += wrapped(problem.why, width, "$foreground-muted", "  ", 2)
    if problem.fix:
        lines += wrapped(problem.fix.label, width, "", text("  ") + text("f5", "bold $text-accent") + text("  "), 6)
    elif problem.severity == "error" and problem.instead:
        lines += wrapped(problem.instead, width, "", "  → ", 4)
    return lines
