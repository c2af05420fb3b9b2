"""Forms for phones: what ODK Collect and Enketo fill, made from an instrument, and what they send, read back.

Nothing here knows HTTP or SQL. Sources: the ODK XForms specification (getodk.github.io/xforms-spec), XLSForm
(xlsform.org), and the OpenRosa interfaces (docs.getodk.org/openrosa).
"""
