"""Widgets used by two or more screens. Each draws given values and posts messages; none makes decisions."""
