"""The schemas of the JSON API: one file per resource."""
