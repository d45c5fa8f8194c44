# gcc, g++, make, binutils and tcc work in the guest.
# package: g++ make tcc binutils file
# files: moved1.cc moved2.cc moved3.cc
# memory: 768
exec 2>&1
cat >hello.c <<'E'
#include <math.h>
#include <pthread.h>
#include <stdio.h>
static void *run(void *p) { printf("thread %.3f\n", sqrt(*(double *)p)); return NULL; }
int main(int argc, char **argv)
{
	double x = argc * 2.0;
	pthread_t t;
	pthread_create(&t, NULL, run, &x);
	pthread_join(t, NULL);
	printf("%s %d\n", __FILE__, argc);
	return 42;
}
E
gcc -Wall -O2 -pipe -o hello hello.c -lm && ./hello; echo "status $?"
gcc -O0 -g -static -fsanitize=undefined -fno-sanitize=all -o hello hello.c -lm -save-temps && ./hello; ls *.[is] *.o
gcc -S -o - hello.c -O1 | grep -c call; echo 'int x = ;' | gcc -c -xc - ; echo "status $?"
objdump -d hello.o 2>/dev/null | grep -c '<main>:'; nm hello.o | grep -c ' T '; strip hello && ./hello >/dev/null; echo "stripped $?"
for n in 1 2 3; do g++ -O1 -std=c++17 -o moved$n moved$n.cc && ./moved$n; done
cat >big.cc <<'E'
#include <algorithm>
#include <future>
#include <iostream>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>
int main()
{
	std::map<std::string, int> m;
	for (int i = 0; i < 1000; i++) m[std::to_string(i % 77)] += i;
	try { m.at("none"); } catch (const std::out_of_range &e) { std::cout << "caught " << m.size() << "\n"; }
	auto f = std::async(std::launch::async, [&] { return std::regex_match("abc123", std::regex("[a-z]+[0-9]+")); });
	std::cout << std::boolalpha << f.get() << " " << m["5"] << std::endl;
	std::thread([] { try { throw 7; } catch (int x) { std::cout << "thrown " << x << std::endl; } }).join();
}
E
g++ -o big big.cc && ./big
mkdir p; cd p
for i in 1 2 3 4; do echo "int f$i(void) { return $i; }" >f$i.c; done
printf '%s\n' '#include <stdio.h>' 'int f1(void), f2(void), f3(void), f4(void);' 'int main(void) { printf("%d\n", f1() + f2() + f3() + f4()); }' >main.c
printf 'OBJ = main.o f1.o f2.o\nprog: $(OBJ) libf.so\n\t@$(CC) -o $@ $(OBJ) -L. -lf -Wl,-rpath,$$PWD\nlibf.so: f3.c f4.c\n\t@$(CC) -shared -fPIC -o $@ $^\n%%.o: %%.c\n\t@$(CC) -c -MMD $<\n-include $(OBJ:.o=.d)\nclean:; rm -f *.o *.d prog\n' >Makefile
make -j2 CC=gcc && ./prog; make -q prog CC=gcc; echo "made $?"; touch -d '+1 hour' f1.c; make -n CC=gcc 2>&1 | wc -l; make clean >/dev/null; make -s -j2 CC=tcc prog 2>&1 | grep -v rpath; ls prog
cd ..; tcc -run - <<<'#include <stdio.h>
int main(void) { puts("tcc ran"); return 0; }'
ar rcs lib.a p/*.o && ar t lib.a | wc -l; readelf -h hello | grep -c ELF64; addr2line --version | head -n 1 | cut -c1-13
