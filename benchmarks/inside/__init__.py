"""Runs in Odoo's own processes: data and operations that no browser can ask for."""
