"""METS and PREMIS, written streaming."""
