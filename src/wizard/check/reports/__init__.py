"""Findings, for people and for programs: each module writes one format."""
