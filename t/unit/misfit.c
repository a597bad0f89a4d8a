/* Protects: a misfit ends the step that met it and nothing else; the next step is guarded, too. */
#include "core/base/misfit.h"
#include "t/lib/tap.h"

struct progress {
	bool fits;
	int steps;
};

static void
step(void *data)
{
	struct progress *progress = data;

	progress->steps++;
	FIT(progress->fits);
	progress->steps++;
}

int
main(void)
{
	struct progress good = { true, 0 }, bad = { false, 0 };

	ok(misfit_guard(step, &good), "a step whose rows fit returns");
	is_int(good.steps, 2, "a step whose rows fit runs to its end");
	ok(!misfit_guard(step, &bad), "a step that meets a misfit is given up");
	is_int(bad.steps, 1, "a step that meets a misfit goes no further");
	ok(misfit_guard(step, &good), "the step after a misfit returns");
	ok(!misfit_guard(step, &bad), "the second misfit of a thread is caught, too");
	return done();
}
