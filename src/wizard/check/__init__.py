"""Reading what people already have: recognise, read with positions, put together, say what each line does, mend it.

Pure but for one function handed in, which reads a neighbouring file; walking folders and writing files is the caller's.
"""
