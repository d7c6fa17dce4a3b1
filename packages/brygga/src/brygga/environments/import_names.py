"""Which distribution an import comes from, where no interpreter at hand can tell."""

from __future__ import annotations

IMPORT_TO_PYPI = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "igraph": "python-igraph",
    "imblearn": "imbalanced-learn",
    "jwt": "pyjwt",
    "kafka": "kafka-python",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "osgeo": "gdal",
    "pkg_resources": "setuptools",
    "psycopg2": "psycopg2-binary",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "snappy": "python-snappy",
    "umap": "umap-learn",
    "win32api": "pywin32",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
"""Imports that are not called like their distribution."""

MEANT = {
    name.lower(): IMPORT_TO_PYPI[name]
    for name in ("OpenSSL", "PIL", "bs4", "cv2", "skimage", "sklearn", "yaml")
}
"""Imports that people name in the place of a package, and that are no package by themselves."""

PROVIDED_IMPORTS = frozenset({"azureml", "inference_schema", "brygga", "brygga_server"})
"""First names of what the scoring server brings for score scripts."""

NOT_OF_THE_LIBRARY_ANYMORE = frozenset(
    {"asynchat", "asyncore", "distutils", "imp", "smtpd", "cgi", "telnetlib", "pipes", "crypt"}
)
"""Modules of older standard libraries."""
