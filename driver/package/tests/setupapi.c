// Reads an INF file with setupapi, and prints what it finds: every line of every section, and the driver that
// setupapi picks for a hardware id. The test setupapi.rs compiles and runs it.
//
// usage: setupapi.exe <absolute path of the INF> <hardware id>

#define UNICODE
#define _UNICODE
#include <windows.h>
#include <setupapi.h>
#include <devguid.h>
#include <initguid.h>
#include <stdio.h>

DEFINE_GUID(NET_CLASS, 0x4d36e972, 0xe325, 0x11ce, 0xbf, 0xc1, 0x08, 0x00, 0x2b, 0xe1, 0x03, 0x18);

static int fail(const char *what)
{
    printf("error\t%s\t%#lx\n", what, GetLastError());
    return 1;
}

static void print_line(const WCHAR *section, INFCONTEXT *line)
{
    WCHAR text[1024];
    wprintf(L"line\t%ls", section);
    // Field 0 is the key.
    for (DWORD field = 0; field <= SetupGetFieldCount(line); field++) {
        text[0] = 0;
        SetupGetStringField(line, field, text, 1024, NULL);
        wprintf(L"\t%ls", text);
    }
    wprintf(L"\n");
}

static int print_lines(HINF inf)
{
    WCHAR section[256];
    for (UINT at = 0; SetupEnumInfSections(inf, at, section, 256, NULL); at++) {
        INFCONTEXT line;
        wprintf(L"section\t%ls\n", section);
        if (!SetupFindFirstLine(inf, section, NULL, &line))
            continue;
        do
            print_line(section, &line);
        while (SetupFindNextLine(&line, &line));
    }
    return 0;
}

// Does what an installer does: asks for the driver in this INF that serves a device with this id.
static int print_driver(const WCHAR *path, const WCHAR *id)
{
    WCHAR ids[128] = {0};
    SP_DEVINFO_DATA device = {sizeof(device)};
    SP_DEVINSTALL_PARAMS params = {sizeof(params)};
    SP_DRVINFO_DATA driver = {sizeof(driver)};
    WCHAR section[256];
    HINF inf;
    HDEVINFO set = SetupDiCreateDeviceInfoList(&NET_CLASS, NULL);
    if (set == INVALID_HANDLE_VALUE)
        return fail("SetupDiCreateDeviceInfoList");
    if (!SetupDiCreateDeviceInfo(set, L"NET", &NET_CLASS, NULL, NULL, DICD_GENERATE_ID, &device))
        return fail("SetupDiCreateDeviceInfo");
    lstrcpyn(ids, id, 126);
    if (!SetupDiSetDeviceRegistryProperty(set, &device, SPDRP_HARDWAREID, (BYTE *)ids, (lstrlen(ids) + 2) * sizeof(WCHAR)))
        return fail("SetupDiSetDeviceRegistryProperty");
    if (!SetupDiGetDeviceInstallParams(set, &device, &params))
        return fail("SetupDiGetDeviceInstallParams");
    lstrcpyn(params.DriverPath, path, MAX_PATH);
    params.Flags |= DI_ENUMSINGLEINF;
    if (!SetupDiSetDeviceInstallParams(set, &device, &params))
        return fail("SetupDiSetDeviceInstallParams");
    if (!SetupDiBuildDriverInfoList(set, &device, SPDIT_COMPATDRIVER))
        return fail("SetupDiBuildDriverInfoList");
    for (DWORD at = 0; SetupDiEnumDriverInfo(set, &device, SPDIT_COMPATDRIVER, at, &driver); at++)
        wprintf(L"driver\t%ls\t%ls\n", driver.Description, driver.ProviderName);
    inf = SetupOpenInfFile(path, NULL, INF_STYLE_WIN4, NULL);
    if (inf == INVALID_HANDLE_VALUE)
        return fail("SetupOpenInfFile");
    if (SetupDiGetActualSectionToInstall(inf, L"Install", section, 256, NULL, NULL))
        wprintf(L"install\t%ls\n", section);
    SetupCloseInfFile(inf);
    SetupDiDestroyDeviceInfoList(set);
    return 0;
}

int main(void)
{
    int count;
    UINT bad_line = 0;
    WCHAR **arguments = CommandLineToArgvW(GetCommandLineW(), &count);
    if (count != 3)
        return fail("usage: setupapi.exe <INF> <hardware id>");
    HINF inf = SetupOpenInfFile(arguments[1], L"Net", INF_STYLE_WIN4, &bad_line);
    if (inf == INVALID_HANDLE_VALUE) {
        printf("bad line\t%u\n", bad_line);
        return fail("SetupOpenInfFile");
    }
    print_lines(inf);
    SetupCloseInfFile(inf);
    return print_driver(arguments[1], arguments[2]);
}
