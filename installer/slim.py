"""What the frozen program leaves out: parts of its dependencies that nothing here uses."""

from __future__ import annotations

import re

EXCLUDED_MODULES = [
    # Tools of the workshop that hooks of run-time packages would pull in.
    "mypy", "mypyc", "hypothesis", "pytest", "_pytest", "setuptools", "pip", "wheel",
    "pkg_resources", "PyInstaller", "cyclonedx", "duckdb", "pyqtgraph", "pymodbus", "pypdfium2",
    "importlinter", "grimp", "trustme", "zxingcpp", "psutil", "jsonschema", "lark", "pre_commit",
    "yaml",
    # Parts of packages that are used otherwise.
    "tkinter", "_tkinter", "matplotlib", "IPython", "pandas", "scipy", "numpy.f2py",
    "numpy.distutils", "numpy.testing", "numpy.tests", "PIL.ImageTk", "PIL.ImageQt", "OpenGL",
    "reportlab.graphics.samples", "pymupdf_fonts.NotoSans_BoldItalic",
    "pymupdf_fonts.NotoSans_Italic", "unittest", "pydoc", "lib2to3", "ensurepip",
    *(
        f"PySide6.Qt{name}"
        for name in (
            "Concurrent", "DBus", "Designer", "Help", "Network", "OpenGL", "OpenGLWidgets", "Qml",
            "Quick", "QuickControls2", "QuickTest", "QuickWidgets", "Sql", "Test", "UiTools", "Xml",
        )
    ),
]  # fmt: skip

# Paths inside the folder that are dropped: Qt's translations and the plug-ins for screens,
# keyboards and network services that a laptop at a tank does not have.
_DROPPED = re.compile(
    r"PySide6/Qt/(translations|qml|metatypes)/"
    r"|/plugins/(tls|networkinformation|virtualkeyboard|qmltooling|sqldrivers|generic|egldeviceintegrations)/"
    r"|/plugins/(platforminputcontexts/libqtvirtualkeyboard|platforms/libq(eglfs|vnc|linuxfb|minimalegl|vkkhrdisplay))"
    r"|libQt6(Qml|Quick|VirtualKeyboard|EglFS|EglFs|Test|Sql|Pdf)"
    r"|(^|/)(tests?|include|\.?examples)/"
    # GTK's look, and what only that needs of the system.
    r"|platformthemes/libqgtk3|(^|/)lib(gio-2|gtk-3|gdk-3|gdk_pixbuf-2|atk-1|cairo|cairo-gobject|pango|pangocairo|pangoft2-1|gobject-2|pixman-1|gmodule-2)[.-]|(^|/)libpangoft2-1"
    # Kinds of picture that the console neither reads nor writes.
    r"|imageformats/libq(tiff|icns|tga|wbmp|gif|ico)|PIL/_avif|libavif-"
    r"|\\.dist-info/sboms/"
    r"|(direct_url\.json|RECORD|INSTALLER|REQUESTED)$"
)


def is_wanted(path: str) -> bool:
    """Whether a file, by its path inside the program's folder, is taken along."""
    return _DROPPED.search(path.replace("\\", "/")) is None
