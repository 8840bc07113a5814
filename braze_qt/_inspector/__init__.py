"""What an inspector shows, for widgets and for QML. No widgets."""
