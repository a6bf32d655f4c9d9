"""Disposal: the gate, carrying out, handing over, and the proof."""
