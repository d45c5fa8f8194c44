// A named vector is moved: the new one has its storage.
#include <cstdio>
#include <vector>

int main()
{
	std::vector<int> x = {4, 3};
	int *px = &x[0];
	std::vector<int> y(std::move(x));
	int *py = &y[0];

	printf("same vector? : %d\n", px == py);
}
