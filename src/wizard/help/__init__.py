"""What words, settings and error messages mean. Pure: reads the package's own data, nothing else.

For front ends: `topics.explain(word)` for F1 and `explain`, `glossary.terms()` for underlined words,
`firstaid.diagnose(text, plan)` for a pasted log.
"""
