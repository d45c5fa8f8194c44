// A vector that a function returns is moved into the new one.
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
	std::vector<int> y(square(4));
	int *py = &y[0];

	printf("same vector? : %d\n", pret == py);
}
