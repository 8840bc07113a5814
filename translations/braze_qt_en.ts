<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>SessionSettingsDialog</name>
    <message numerus="yes">
        <source>Back to %n second(s)</source>
        <translation>
            <numerusform>Back to %n second</numerusform>
            <numerusform>Back to %n seconds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source> second(s)</source>
        <comment>behind the number</comment>
        <translation>
            <numerusform> second</numerusform>
            <numerusform> seconds</numerusform>
        </translation>
    </message>
</context>
</TS>
