"""How packages of conda are called on the package index, and which are not there."""

from __future__ import annotations

CONDA_TO_PYPI = {
    "dask-core": "dask",
    "faiss": "faiss-cpu",
    "importlib_metadata": "importlib-metadata",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "numpy-base": "numpy",
    "onnxruntime-cpu": "onnxruntime",
    "opencv": "opencv-python-headless",
    "psycopg2": "psycopg2-binary",
    "py-lightgbm": "lightgbm",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "pyarrow-core": "pyarrow",
    "pytables": "tables",
    "python-flatbuffers": "flatbuffers",
    "python-tzdata": "tzdata",
    "python-xxhash": "xxhash",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "ruamel_yaml": "ruamel.yaml",
    "seaborn-base": "seaborn",
    "tensorflow-base": "tensorflow",
    "tensorflow-mkl": "tensorflow",
    "torchvision-cpu": "torchvision",
    "typing_extensions": "typing-extensions",
}

PLUMBING = frozenset(
    {
        "_libgcc_mutex",
        "_openmp_mutex",
        "blas",
        "bzip2",
        "ca-certificates",
        "intel-openmp",
        "ld_impl_linux-64",
        "ld_impl_linux-aarch64",
        "libblas",
        "libbrotlicommon",
        "libbrotlidec",
        "libbrotlienc",
        "libcblas",
        "libcxx",
        "libexpat",
        "libffi",
        "libgcc",
        "libgcc-ng",
        "libgfortran",
        "libgfortran-ng",
        "libgfortran5",
        "libgomp",
        "liblapack",
        "liblapacke",
        "liblzma",
        "libnsl",
        "libopenblas",
        "libsqlite",
        "libstdcxx",
        "libstdcxx-ng",
        "libuuid",
        "libxcrypt",
        "libzlib",
        "llvm-openmp",
        "mkl",
        "mkl-service",
        "mkl_fft",
        "mkl_random",
        "ncurses",
        "nomkl",
        "openblas",
        "openssl",
        "pip",
        "python_abi",
        "readline",
        "sqlite",
        "tk",
        "tzdata",
        "vc",
        "vs2015_runtime",
        "wheel",
        "xz",
        "yaml",
        "zlib",
        "zstd",
    }
)
"""What an interpreter or the wheels of the package index bring along by themselves."""

_C_LIBRARIES = frozenset(
    {
        "arrow-cpp", "blosc", "boost-cpp", "brotli", "brotli-bin", "c-ares", "c-blosc2",
        "cairo", "charls", "cuda", "cuda-toolkit", "cudatoolkit", "cudnn", "dav1d",
        "dbus", "double-conversion", "eigen", "expat", "fontconfig", "freetype",
        "fribidi", "gettext", "gflags", "giflib", "glib", "glog", "gmp", "gnutls",
        "graphite2", "grpc-cpp", "gst-plugins-base", "gstreamer", "harfbuzz", "hdf5",
        "icu", "jpeg", "jxrlib", "keyutils", "krb5", "lame", "lcms2", "lerc", "lz4-c",
        "lzo", "mpc", "mpfr", "nccl", "nettle", "nspr", "nss", "openh264", "openjpeg",
        "orc", "pango", "pcre", "pcre2", "pixman", "pthread-stubs", "pytorch-cuda",
        "qhull", "qt", "qt-main", "rdma-core", "re2", "s2n", "snappy", "spdlog",
        "svt-av1", "tbb", "thrift-cpp", "ucx", "utf8proc", "x264", "x265", "yaml-cpp",
        "zeromq", "zfp", "zlib-ng",
    }
)  # fmt: skip
_OF_PYTHON = frozenset(
    {
        "libarchive-c", "libclang", "libcst", "libmambapy", "libpysal", "libretranslate", "librosa",
        "librt", "libsass", "libtmux", "libusb1", "libvirt-python",
    }
)  # fmt: skip
"""What begins like a library of C and is on the package index."""


def needs_no_wheel(name: str) -> bool:
    """Whether conda has it for itself or for libraries of C, which wheels bring along."""
    if name in PLUMBING or name in _C_LIBRARIES or name.startswith(("_", "xorg-", "aws-c")):
        return True
    return name.endswith("-mutex") or (name.startswith("lib") and name not in _OF_PYTHON)


ONLY_CONDA = {
    "cpuonly": "Leave it out; for torch without CUDA name its CPU index with --extra-index-url.",
    "cmake": "",
    "compilers": "",
    "cxx-compiler": "",
    "c-compiler": "",
    "ffmpeg": "",
    "gcc": "",
    "gcc_linux-64": "",
    "gdal": "",
    "gfortran": "",
    "git": "",
    "graphviz": "",
    "gxx": "",
    "gxx_linux-64": "",
    "java-jdk": "",
    "make": "",
    "maven": "",
    "nodejs": "",
    "openjdk": "",
    "openmpi": "",
    "perl": "",
    "poppler": "",
    "postgresql": "",
    "r": "",
    "r-base": "",
    "r-essentials": "",
    "rust": "",
    "swig": "",
    "tesseract": "",
    "unixodbc": "",
}
"""What no wheel holds, and what to do without it where there is something to say."""
