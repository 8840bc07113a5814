pytest_plugins = ["braze_qt.testing.plugin"]
