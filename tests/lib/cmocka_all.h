/* cmocka with the headers it forgets to include itself. */
#ifndef SC_TEST_CMOCKA_ALL_H
#define SC_TEST_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
