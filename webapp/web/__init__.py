"""The HTML door: pages that work without JavaScript, and the partials htmx swaps in."""
