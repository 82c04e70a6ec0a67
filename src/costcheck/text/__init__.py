"""People's text into typed values: YAML with places, quantities, launch files, prose."""
