"""Retention schedule, holds, disposal and its proof."""
