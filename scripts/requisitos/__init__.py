"""The requirements: Markdown with front matter in docs/requisitos, kept whole and traced to code and tests."""
