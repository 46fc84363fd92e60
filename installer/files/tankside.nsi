; The Windows installer: unpacks the kit and runs install.ps1 with the Python that is there.
; makensis -DVERSION=0.1.0 -DOUT=setup.exe tankside.nsi, in the folder of the kit.
; Untried on Windows: it is built on Linux.
Unicode true
!include "LogicLib.nsh"
Name "Tankside ${VERSION}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Tankside"
RequestExecutionLevel user
SetCompress off ; wheels are compressed already
Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

Section
  IfFileExists "$INSTDIR\venv\*.*" 0 +2
    Abort "Tankside is installed there already; uninstall it first or choose another folder."
  InitPluginsDir
  SetOutPath "$PLUGINSDIR\kit"
  File requirements.txt
  File install.ps1
  SetOutPath "$PLUGINSDIR\kit\wheelhouse"
  File "wheelhouse\*.whl"
  nsExec::ExecToLog 'powershell -NoProfile -ExecutionPolicy Bypass -File "$PLUGINSDIR\kit\install.ps1" -Target "$INSTDIR"'
  Pop $0
  ${If} $0 != 0
    Abort "The installation failed; the messages above say why. Python 3.11 or later must be installed."
  ${EndIf}
  CreateDirectory "$SMPROGRAMS\Tankside"
  CreateShortcut "$SMPROGRAMS\Tankside\Tankside demo.lnk" "$INSTDIR\venv\Scripts\tankside.exe" "demo"
  WriteUninstaller "$INSTDIR\uninstall.exe"
SectionEnd

Section "Uninstall"
  ; The log and the history lie elsewhere and stay.
  RMDir /r "$INSTDIR\venv"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  RMDir /r "$SMPROGRAMS\Tankside"
SectionEnd
