// A named rvalue reference is an lvalue: it is copied.
#include <cstdio>
#include <vector>

static int *pret;

static std::vector<int> square(int a)
{
	std::vector<int> ret;

	ret.push_back(a * a);
	pret = &ret[0];
	return ret;
}

int main()
{
	std::vector<int> &&ref = square(4);
	std::vector<int> y(ref);
	int *py = &y[0];

	printf("same vector? : %d\n", pret == py);
}
