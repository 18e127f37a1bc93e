// What surrounds the screens: the link to what is shown.

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-copy-link]')) window.SecondLook.copy(location.href);
});
