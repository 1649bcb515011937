#include <stdio.h>

int main(void)
{
    puts("scaler " SC_VERSION);
    return 0;
}
