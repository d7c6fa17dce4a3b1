"""The HTTP request and response that @rawhttp scripts work with, from the standard library alone.

They have the parts of Flask's classes that scripts use, under the same names.
"""
