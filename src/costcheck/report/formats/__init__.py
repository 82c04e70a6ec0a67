"""How blocks and results look: terminal, Markdown, HTML, JSON, CSV and the formats of CI."""
