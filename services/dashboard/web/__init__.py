"""The web server of the dashboard: who may ask for what, and what is served beside the pages."""
