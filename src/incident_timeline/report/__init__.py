"""Documents as text or bytes: Markdown, HTML, SVG, JSON; the pipeline writes them."""
