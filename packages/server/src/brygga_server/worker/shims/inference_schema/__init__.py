"""`inference_schema`: the declaration of what run() takes and gives.

NumPy and pandas are imported only by the modules of their parameter types.
"""
