"""Pure functions from core dataclasses to Plotly figures."""
