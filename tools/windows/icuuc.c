/* Windows 10 has this library and Wine 8 has not: Qt6Core.dll asks it for the character sets that Qt does not
   know by itself. Here no character set is known: every ucnv_open fails, and nothing else is called then. */
#define FILE_NOT_FOUND 4 /* U_FILE_ACCESS_ERROR */
#define NO(name) __declspec(dllexport) void *name(void) { return 0; }
#define UNKNOWN(name, ...) __declspec(dllexport) void *name(__VA_ARGS__, int *error) \
    { if (error) *error = FILE_NOT_FOUND; return 0; }

UNKNOWN(ucnv_open, const char *charset)
UNKNOWN(ucnv_getName, const void *converter)
UNKNOWN(ucnv_getStandardName, const char *name, const char *standard)
NO(ucnv_close)
NO(ucnv_reset)
NO(ucnv_getMaxCharSize)
NO(ucnv_getAvailableName)
NO(ucnv_countAvailable)
NO(ucnv_getToUCallBack)
NO(ucnv_getFromUCallBack)
NO(ucnv_setToUCallBack)
NO(ucnv_setFromUCallBack)
NO(ucnv_cbToUWriteUChars)
NO(ucnv_cbFromUWriteUChars)
NO(ucnv_toUnicode)
NO(ucnv_fromUnicode)
NO(ucnv_toUCountPending)
NO(ucnv_fromUCountPending)
NO(UCNV_FROM_U_CALLBACK_SUBSTITUTE)
NO(UCNV_TO_U_CALLBACK_SUBSTITUTE)
