"""The assistant side: plain values, the protocol, one file per assistant. Knows neither Flask nor the tables."""
